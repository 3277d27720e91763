"""Many recipes in minutes, on one GPU: whole epochs compiled by Keras on JAX.

For choosing what a preset is made of; what a preset reaches is measured on runs of the product.
"""
