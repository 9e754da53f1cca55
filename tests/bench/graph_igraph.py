# graph_igraph.py EDGES THINGS PAIRS -- the same question to python-igraph: a shortest path
# between two random vertices of the same links.  Prints the median and the p99 in ms.
import random
import sys
import time

import igraph

edges, things, pairs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
g = igraph.Graph.Read_Edgelist(edges, directed=False)
if g.vcount() < things:
    g.add_vertices(things - g.vcount())
rng = random.Random(1)
took = []
for _ in range(pairs):
    a, b = rng.randrange(things), rng.randrange(things)
    start = time.perf_counter()
    g.get_shortest_paths(a, to=b, output="vpath")
    took.append((time.perf_counter() - start) * 1000)
took.sort()
print(took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)])
