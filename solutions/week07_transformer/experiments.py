"""Given: experiments of week 07, which use what you wrote on something real."""
