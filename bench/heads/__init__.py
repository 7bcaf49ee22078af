"""What many heads take on one shared backbone, and as separate models."""
