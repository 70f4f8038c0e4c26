"""Given: experiments of week 02, which use what you wrote on texts of our own."""
