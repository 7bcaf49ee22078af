"""From pictures to decoded predictions."""
