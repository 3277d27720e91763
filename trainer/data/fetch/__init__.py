"""Getting UTKFace, because the user asked for it: by HTTPS, Kaggle's own client, or an archive."""
