"""``/account``: a person looks after their own account."""
