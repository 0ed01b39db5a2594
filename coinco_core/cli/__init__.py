"""`coinco`, a thin face: every command reads its arguments, calls one function, and shows the result."""
