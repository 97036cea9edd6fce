"""The Regions page, `/regions`: a region of interest as numbers, requirements with verdicts, the report.

address → state → page → controls             laid out once
controls, poll → callbacks → view → analyses   computed in the background
view → tables, pictures                        filled as numbers arrive; `report_route` makes the files
"""
