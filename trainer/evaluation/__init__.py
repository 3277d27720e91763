"""How good models are: for whom, by how much, and how sure that is."""
