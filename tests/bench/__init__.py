"""
The benchmark: `make bench` (quick) or `make bench FULL=1`. Prints a table and writes .bench/latest.json.

Ours and the peers run in one go, in shuffled order, each lap in a process of its own, where its memory is read. Their
answers are asserted equal before anything is printed. All data are synthetic and seeded. Absolute times move with the
machine; ratios inside one run are what counts.
"""
