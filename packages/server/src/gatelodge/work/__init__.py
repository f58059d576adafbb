"""What goes on beside requests: configuration changes, mail, sweeping."""
