"""How operations grow with the number of pictures, tasks and classes."""
