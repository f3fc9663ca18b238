"""Which of the control APIs on one database commits and watches: one, by a lease that is fenced."""
