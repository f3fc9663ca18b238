"""Bots: deploy, change, pause, roll back, watch, talk."""
