"""Walks over the pages, one a file: each yields a page's name while a person is on it.

A name is that of the page's template, with what is special about it after a colon.
"""
