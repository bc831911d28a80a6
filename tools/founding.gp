# The picture of a case of tools/founding.sh.  Variables from the command line: what, series, runs,
# dir, where RUN.dat are: "second MiB"; out.
set terminal svg size 800,360 dynamic enhanced font "DejaVu Sans,13" background "#ffffff"
set output out
set border lc rgb "#444444"
set tics nomirror out
set grid ytics lc rgb "#dddddd"
set yrange [0:*]
set ylabel "resident memory (MiB)"
set xlabel "time (s)"
set key outside right top Left reverse samplen 2 width 2
set title sprintf("%s, Linux %s", what eq "reclaim" ? \
	"Proactive reclamation: redis, 1 % of its keys in use" : \
	"Access-aware huge pages: joins over a table that is mostly sparse", series) noenhanced
plot for [i = 1:words(runs)] dir."/".word(runs, i).".dat" using 1:2 with lines lw 2 lc i title word(runs, i)
