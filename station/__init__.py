"""Who may get which credential, and proof afterwards of what was done."""
