"""Case studies, their readers and importer, and the store of what is computed ahead of time.

Owns everything that lies on disk. May import `models`; must not know of the web.
"""
