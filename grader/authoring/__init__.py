"""Prove and publish: verify, new weeks, translations, release, site."""
