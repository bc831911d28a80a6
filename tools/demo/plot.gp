# The picture of the demo.  Variables from the command line: heat, memory (data
# files), out, label, pageout_at, t_end, mib.
set terminal pngcairo size 1280,800 enhanced font "DejaVu Sans,13" background "#ffffff"
set output out

# Perceptually even, readable in grey: black, purple, red, orange, cream.
set palette defined (0 "#000004", 0.13 "#1b0c41", 0.25 "#4a0c6b", 0.38 "#781c6d", \
	0.5 "#a52c60", 0.63 "#cf4446", 0.75 "#ed6925", 0.88 "#fb9b06", 1 "#fcffa4")

set multiplot title sprintf("{/:Bold Data accesses of a process, seen by damon.ko on Linux %s}", label) font ",16" offset 0,-0.4

left = 0.075; right = 0.885
set border lc rgb "#444444"
set tics nomirror out
set xrange [0:t_end - 0.3]

set lmargin at screen left; set rmargin at screen right
set tmargin at screen 0.885; set bmargin at screen 0.385
set ylabel "address in its mapping (MiB)" offset 1,0
set yrange [0:mib]
set ytics 32
set format x ""
set cbrange [0:100]
set cblabel "checks that found an access (%)" offset 0.6,0
set colorbox user origin right + 0.02,0.385 size 0.018,0.5
set cbtics 0,20,100
set arrow 1 from pageout_at,0 to pageout_at,mib nohead lc rgb "#ffffff" lw 1.5 dt 2 front
set label 1 "from here on: page out what had no access for 5 s" at pageout_at,mib*1.03 center tc rgb "#222222" font ",12" front
set label 2 "hot" at t_end*0.012,10 left tc rgb "#ffffff" font ",12" front
set label 3 "warm" at t_end*0.012,48 left tc rgb "#ffffff" font ",12" front
set label 4 "hot, moves every 12 s" at t_end*0.012,122 left tc rgb "#ffffff" font ",12" front
plot heat using 1:2:3 with image notitle
unset label 1; unset label 2; unset label 3; unset label 4; unset arrow 1

set tmargin at screen 0.345; set bmargin at screen 0.09
set ylabel "memory (MiB)" offset 1,0
set xlabel "time (s)" offset 0,0.4
set format x "%g"
set yrange [0:mib*1.15]
set ytics 40
set grid ytics lc rgb "#dddddd" lt 1
set arrow 1 from pageout_at,0 to pageout_at,mib*1.15 nohead lc rgb "#444444" lw 1.5 dt 2 front
set key at graph 0.015,0.62 left top reverse Left samplen 2.5 opaque box lc rgb "#dddddd"
plot memory using 1:2 with filledcurves x1 lc rgb "#a52c60" fs transparent solid 0.18 noborder notitle, \
	memory using 1:2 with lines lw 2.5 lc rgb "#a52c60" title "resident (RSS)", \
	memory using 1:3 with lines lw 2.5 lc rgb "#3b6fb6" title "in swap"
unset multiplot
