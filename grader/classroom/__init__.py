"""A class: jobs, kept results, a cluster, similarity, statistics, pages, Gradescope."""
