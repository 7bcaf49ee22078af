"""From files, and from the shell, to decoded predictions."""
