"""The only engine files that a student's process can see. They import nothing else of the engine and know no answer."""
