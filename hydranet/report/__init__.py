"""What a person reads: tables on the terminal, charts, and pages for a browser."""
