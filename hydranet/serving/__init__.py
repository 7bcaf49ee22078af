"""An HTTP server: many clients' questions about pictures, for any tasks, share passes through one backbone."""
