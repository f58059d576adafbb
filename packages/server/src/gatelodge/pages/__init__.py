"""Our own pages and mails: templates, texts, theme. Jinja lives here and nowhere else.

Everything is synchronous and pure once :class:`gatelodge.pages.render.Pages` has read
its package resources. No page carries a script, but form_post its fixed one.
"""
