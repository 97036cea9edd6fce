"""The Metrics page, `/metrics`: methods × fusion metrics × case studies, and local maps.

address → state → page → bar, notes, map_panel  laid out once
controls, poll → callbacks → view → values      computed in the background
values → tables → table, exports; papers; figures
"""
