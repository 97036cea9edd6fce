"""What answers the questions of pages and routes: a cache, a store, or a computation; knows nothing of Dash.

    question → jacobians → batching        pixels that wait together are one batch
                         → linearisations  networks linearised on the images that are looked at
                         → background      guidance images and other long work, making way for the pointer
                         → the precompute store, by digests of sources and weights

`assembly` makes it from settings, `wire` is the form in which arrays travel.
"""
