"""The scripts that train the shipped models; nothing but themselves imports them."""
