# Reads lines of figure, server, round and value; prints the figures that were measured, and exits with 1 when a target is missed.
# With -v svg=FILE it also draws the creates per second as bars.

{ value[$1, $2, $3] = $4; if ($3 > rounds[$1, $2]) rounds[$1, $2] = $3 }

END {
	compared("creates per second", "creates", "mock", "same-work", ">=", 1.0)
	compared("", "creates", "mock", "bare")
	compared("", "creates", "mock", "fasthttp")
	compared("CPU per create, us", "cpu", "mock", "same-work", "<=", 1.0)
	compared("", "cpu", "mock", "bare")
	compared("", "cpu", "mock", "fasthttp")
	compared("p99 near 10,000 creates a second, us", "paced", "mock", "bare", "<=", 1.1)
	alone("a million names: ready after, s", "start", "preloaded", "<=", 1.0)
	against_none("a million names: bytes for each", 100)
	compared("creates beside a million names", "beside", "preloaded", "empty", ">=", .95)
	alone("start to the first 201, s", "first", "mock", "<=", 1.0)
	alone("whole judge's run on loopback, s", "judge", "loopback", "<=", .5)
	alone("... with answers 100 ms late, s", "judge", "late", "<=", 5)
	alone("... one request at a time, 100 ms, s", "judge", "serial", "<=", 45)
	compared("resident memory, last third, bytes", "soak", "last", "middle", "<=", 1.05)
	compared("creates per second, peers", "peers", "mock", "mockd", ">=", 1.6)
	compared("", "peers", "mock", "wiremock", ">=", 7)
	compared("", "peers", "mock", "prism", ">=", 26)
	compared("", "peers", "mock", "mockoon", ">=", 48)
	if (!targets) { print "bench: no figures to judge" >"/dev/stderr"; exit 2 }
	printf "\n%d of %d targets met\n", targets - missed, targets
	if (svg) draw()
	exit missed > 0
}

# The median of a figure's rounds, or, with other, of the ratios of the two servers' rounds.
function median(figure, server, other,    n, i, j, v, t) {
	n = rounds[figure, server]
	for (i = 1; i <= n; i++) {
		t = value[figure, server, i]
		if (other != "") t /= value[figure, other, i]
		for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]
		v[j + 1] = t
	}
	low = v[1]; high = v[n]
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function compared(title, figure, server, other, sign, bound,    ratio) {
	if (!((figure, server) in rounds) || !((figure, other) in rounds)) return
	ratio = median(figure, server, other)
	line = sprintf("%s %.4g, %s %.4g: ratio %.2f (%.2f to %.2f)", server, median(figure, server), other,
		median(figure, other), ratio, low_of(figure, server, other), high)
	report(title, line, ratio, sign, bound)
}
function low_of(figure, server, other) { median(figure, server, other); return low }

function alone(title, figure, server, sign, bound,    v) {
	if (!((figure, server) in rounds)) return
	v = median(figure, server)
	report(title, sprintf("%s %.3g (%.3g to %.3g)", server, v, low, high), v, sign, bound)
}

function against_none(title, bound,    v) {
	if (!(("bytes", "preloaded") in rounds)) return
	v = median("bytes", "preloaded") - median("bytes", "empty")
	report(title, sprintf("%.0f", v), v, "<=", bound)
}

function report(title, line, v, sign, bound,    met, verdict) {
	if (sign != "") {
		targets++
		met = sign == ">=" ? v >= bound : v <= bound
		missed += !met
		verdict = sprintf("target %s %g: %s", sign, bound, met ? "met" : "MISSED")
	}
	printf "%-36s %-64s %s\n", title, line, verdict
}

# Bars of the creates per second: those of the reference servers when they were measured, else the peers'.
function draw(    figure, count, names, i, rate, most, width, y, title) {
	figure = ("creates", "mock") in rounds ? "creates" : "peers"
	count = split(figure == "creates" ? "mock same-work bare fasthttp" : "mock mockd wiremock prism mockoon", names, " ")
	for (i = 1; i <= count; i++) if ((rate = median(figure, names[i])) > most) most = rate
	title = "Creates per second, every name new (longer is better)"
	printf "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 720 %d' role='img' aria-label='%s'>\n", 50 + 34 * count, title >svg
	printf "<style>text{font:14px sans-serif;fill:#222}.other{fill:#9aa7b5}.mock{fill:#1f6feb}" >svg
	printf "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>\n<text x='10' y='24'>%s</text>\n", title >svg
	for (i = 1; i <= count; i++) {
		rate = median(figure, names[i]); width = 500 * rate / most; y = 12 + 34 * i
		printf "<text x='10' y='%d'>%s</text><rect class='%s' x='110' y='%d' width='%.0f' height='22' rx='3'/>", y + 16, names[i],
			names[i] == "mock" ? "mock" : "other", y, width >svg
		printf "<text x='%.0f' y='%d'>%.0f</text>\n", 118 + width, y + 16, rate >svg
	}
	print "</svg>" >svg
}
