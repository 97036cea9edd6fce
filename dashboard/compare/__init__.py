"""The Compare page, `/compare`: methods in rows, one pointer for all.

address → state → page → components, pair     laid out once
case, rows, poll → callbacks → scene, colours  drawn by `assets/js/compare`
"""
