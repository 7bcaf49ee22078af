"""Pictures and labels: what an image is, where examples come from, how they are augmented."""
