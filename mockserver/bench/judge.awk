# Reads lines of figure, server, round and value; prints the figures that were measured, and exits with 1 when a target is missed.
# With -v table=FILE it also writes them as a table for README.md, with -v svg=FILE the creates per second as bars.

{ value[$1, $2, $3] = $4; if ($3 > rounds[$1, $2]) rounds[$1, $2] = $3 }

END {
	if (table) {
		print "| figure | the mock | beside | ratio | target | |" >table
		print "|---|---|---|---|---|---|" >table
	}
	compared("creates per second beside the same work", "creates", "mock", "same-work", ">=", 1.0)
	compared("… beside a bare handler", "creates", "mock", "bare")
	compared("… beside bare fasthttp", "creates", "mock", "fasthttp")
	compared("CPU per create beside the same work, µs", "cpu", "mock", "same-work", "<=", 1.0)
	compared("… beside a bare handler", "cpu", "mock", "bare")
	compared("… beside bare fasthttp", "cpu", "mock", "fasthttp")
	compared("creates per second beside mockd", "peers", "mock", "mockd", ">=", 1.6)
	compared("… beside WireMock", "peers", "mock", "wiremock", ">=", 7)
	compared("… beside Prism", "peers", "mock", "prism", ">=", 26)
	compared("… beside Mockoon", "peers", "mock", "mockoon", ">=", 48)
	compared("p99 at a steady rate, µs", "paced", "mock", "bare", "<=", 1.1)
	compared("… which is, creates per second", "pace", "mock", "bare")
	alone("a million names of 16 bytes: loaded after, s", "start", "preloaded", 1.0)
	beyond("… bytes for each", "bytes", "preloaded", "empty", 100)
	compared("… creates per second beside them and none", "beside", "preloaded", "empty", ">=", .95)
	compared("resident at every bound: last, middle third, MiB", "soak", "last", "middle", "<=", 1.05)
	alone("whole conformance run on loopback, s", "judge", "loopback", .5)
	alone("… with answers 100 ms late, s", "judge", "late", 5)
	alone("… one request at a time, 100 ms each, s", "judge", "serial", 45)
	alone("binary: command to first 201, s", "first", "mock", 1.0)
	alone("npm packages, no Go: command to first 201, s", "package", "npm", 1.0)
	alone("… download, MiB", "download", "npm", 8)
	if (!targets) { print "bench: no figures to judge" >"/dev/stderr"; exit 2 }
	printf "\n%d of %d targets met\n", targets - missed, targets
	if (table) printf "\n%d of %d targets are met. The spread of the rounds is in brackets.\n", targets - missed, targets >table
	if (svg) draw()
	exit missed > 0
}

# The median of a figure's rounds, or, with other, of the ratios of the two servers' rounds; low and high are the extremes.
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
function measured(figure, server) { return (figure, server) in rounds }

# Whole when it is large, with its thousands apart; else three digits.
function number(v,    text) {
	if (v < 100) return sprintf("%.3g", v)
	text = sprintf("%.0f", v)
	return length(text) < 4 ? text : substr(text, 1, length(text) - 3) "," substr(text, length(text) - 2)
}

function compared(title, figure, server, other, sign, bound,    mine, theirs, ratio) {
	if (!measured(figure, server) || !measured(figure, other)) return
	mine = number(median(figure, server)); theirs = number(median(figure, other)); ratio = median(figure, server, other)
	row(title, server " " mine, other " " theirs, sprintf("%.2f (%.2f to %.2f)", ratio, low, high), ratio, sign, bound)
}

function alone(title, figure, server, bound,    v) {
	if (!measured(figure, server)) return
	v = median(figure, server)
	row(title, number(v) (low < high ? sprintf(" (%s to %s)", number(low), number(high)) : ""), "", "", v, "<=", bound)
}

# What one server takes more than another.
function beyond(title, figure, server, other, bound,    v) {
	if (!measured(figure, server) || !measured(figure, other)) return
	v = median(figure, server) - median(figure, other)
	row(title, number(v), "", "", v, "<=", bound)
}

function row(title, mine, beside, ratio, v, sign, bound,    met, verdict) {
	if (sign != "") {
		targets++
		met = sign == ">=" ? v >= bound : v <= bound
		missed += !met
		verdict = sprintf("target %s %g: %s", sign, bound, met ? "met" : "MISSED")
	}
	printf "%-50s %-34s %s\n", title, mine (beside ? ", " beside : ""), (ratio ? "ratio " ratio "  " : "") verdict
	if (table) printf "| %s | %s | %s | %s | %s | %s |\n", title, mine, beside, ratio,
		sign == "" ? "" : sprintf("%s %g", sign == ">=" ? "≥" : "≤", bound), sign == "" ? "" : met ? "met" : "**missed**" >table
}

# Bars of the creates per second: beside the reference servers, then beside the other mock servers, each as far as it was measured.
function draw(    body, title) {
	title = "Creates per second, every name new (longer is better)"
	body = bars("beside servers that do less, on net/http and fasthttp", "creates", "mock same-work bare fasthttp")
	body = body bars("beside other mock servers, which remember nothing", "peers", "mock mockd wiremock prism mockoon")
	printf "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 720 %d' role='img' aria-label='%s'>\n", bottom + 44, title >svg
	printf "<style>text{font:14px sans-serif;fill:#222}.title{font-weight:bold}.other{fill:#9aa7b5}.mock{fill:#1f6feb}" >svg
	printf "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>\n<text class='title' x='10' y='24'>%s</text>\n%s</svg>\n", title, body >svg
}

# One group of bars, from bottom on, which then is below it.
function bars(title, figure, servers,    names, count, i, rate, most, width, out) {
	if (!measured(figure, "mock")) return ""
	count = split(servers, names, " ")
	for (i = 1; i <= count; i++) if ((rate = median(figure, names[i])) > most) most = rate
	out = sprintf("<text x='10' y='%d'>%s</text>\n", bottom + 52, title)
	for (i = 1; i <= count; i++) {
		rate = median(figure, names[i]); width = 500 * rate / most
		out = out sprintf("<text x='20' y='%d'>%s</text><rect class='%s' x='110' y='%d' width='%.0f' height='20' rx='3'/>", bottom + 52 + 28 * i,
			names[i], names[i] == "mock" ? "mock" : "other", bottom + 37 + 28 * i, width)
		out = out sprintf("<text x='%.0f' y='%d'>%s</text>\n", 118 + width, bottom + 52 + 28 * i, number(rate))
	}
	bottom += 40 + 28 * count
	return out
}
