"""Jobs in a process of their own: the same events as in-process, and a crash costs a message, not the window."""
