"""The Methods page, `/methods`: every method's numbers in a table, and a card for each.

address → page → table, card                   laid out once, cards filled when they come near
facts, measuring → rows → table                facts of weights and papers, measured on this machine
facts → figures, architecture_figure → card
"""
