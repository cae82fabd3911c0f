# Writes the scene of make-clip.sh as an ASS script (libass): shapes as vector drawings, text, and their movement.
# Colours are given as RRGGBB and turned into ASS's BBGGRR here; times are in hundredths of a second, four to a frame.

function time(cs) {
  return sprintf("%d:%02d:%02d.%02d", cs / 360000, int(cs / 6000) % 60, int(cs / 100) % 60, cs % 100)
}
function colour(rgb) {
  return "&H" substr(rgb, 5, 2) substr(rgb, 3, 2) substr(rgb, 1, 2) "&"
}
function event(from, to, tags, content) {
  printf "Dialogue: %d,%s,%s,S,,0,0,0,,{%s}%s\n", layer, time(from), time(to), tags, content
}
# A still shape in absolute coordinates; opacity from 0 to 1.
function shape(rgb, opacity, drawing, more) {
  moving(0, LAST, rgb, opacity, drawing, "\\pos(0,0)" more)
}
function moving(from, to, rgb, opacity, drawing, more) {
  event(from, to, "\\an7\\bord0\\shad0\\c" colour(rgb) sprintf("\\1a&H%02X&", 255 - int(255 * opacity + 0.5)) "\\p1" more, drawing)
}
function text(x, y, anchor, size, rgb, content, more) {
  event(0, LAST, label(x, y, anchor, size, rgb) more, content)
}
function label(x, y, anchor, size, rgb) {
  return "\\an" anchor "\\pos(" x "," y ")\\fs" size "\\bord0\\shad0\\c" colour(rgb)
}
function rectangle(x, y, w, h) {
  return sprintf("m %g %g l %g %g l %g %g l %g %g", x, y, x + w, y, x + w, y + h, x, y + h)
}
function rounded(x, y, w, h, r) {
  return sprintf("m %g %g l %g %g b %g %g %g %g %g %g l %g %g b %g %g %g %g %g %g l %g %g b %g %g %g %g %g %g l %g %g b %g %g %g %g %g %g", \
    x + r, y, x + w - r, y, x + w - r / 2, y, x + w, y + r / 2, x + w, y + r, \
    x + w, y + h - r, x + w, y + h - r / 2, x + w - r / 2, y + h, x + w - r, y + h, \
    x + r, y + h, x + r / 2, y + h, x, y + h - r / 2, x, y + h - r, x, y + r, x, y + r / 2, x + r / 2, y, x + r, y)
}
function circle(x, y, r,    k) {
  k = r * 0.5523
  return sprintf("m %g %g b %g %g %g %g %g %g b %g %g %g %g %g %g b %g %g %g %g %g %g b %g %g %g %g %g %g", x, y - r, \
    x + k, y - r, x + r, y - k, x + r, y, x + r, y + k, x + k, y + r, x, y + r, \
    x - k, y + r, x - r, y + k, x - r, y, x - r, y - k, x - k, y - r, x, y - r)
}
# A vertical gradient in bands of `step` pixels.
function gradient(x, y, w, h, top, bottom, step,    i, f) {
  for (i = 0; i < h; i += step) {
    f = i / h
    shape(mix(top, bottom, f), 1, rectangle(x, y + i, w, step + y + i > y + h ? h - i : step))
  }
}
function mix(a, b, f,    i, out) {
  out = ""
  for (i = 1; i < 6; i += 2) out = out sprintf("%02x", hex(substr(a, i, 2)) * (1 - f) + hex(substr(b, i, 2)) * f + 0.5)
  return out
}
function random(below) {
  seed = (seed * 1103 + 12345) % 65536
  return int(seed / 65536 * below)
}
function hex(digits) {
  return (index("0123456789abcdef", substr(digits, 1, 1)) - 1) * 16 + index("0123456789abcdef", substr(digits, 2, 1)) - 1
}

BEGIN {
  LAST = 6000
  print "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\nScaledBorderAndShadow: yes\nYCbCr Matrix: None\n"
  print "[V4+ Styles]"
  print "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
  print "Style: S,DejaVu Sans,20,&HFFFFFF,&HFFFFFF,&H0,&H0,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1\n"
  print "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"

  # --- the room: wall, floor, and the light on both
  layer = 0
  gradient(0, 0, 640, 258, "26304f", "4a4f74", 6)
  gradient(0, 258, 640, 102, "5b4a52", "2a2431", 6)
  layer = 1
  shape("f7c58b", 0.16, "m 96 258 l 330 258 l 450 360 l 60 360", "\\blur12")
  shape("11131f", 0.45, rectangle(0, 254, 640, 5))

  # --- the window: a town at dusk behind four panes
  layer = 2
  shape("151a2c", 1, rounded(36, 66, 300, 168, 6))
  gradient(42, 72, 288, 156, "3d4f86", "f4a86c", 6)
  layer = 3
  shape("ffd9a0", 0.9, circle(252, 186, 20), "\\blur3")
  shape("565a86", 1, "m 42 228 l 42 176 l 66 176 l 66 160 l 92 160 l 92 184 l 118 184 l 118 150 l 138 150 l 138 190 l 172 190 l 172 168 l 204 168 l 204 196 l 236 196 l 236 206 l 262 206 l 262 180 l 288 180 l 288 164 l 306 164 l 306 188 l 330 188 l 330 228")
  shape("2d3157", 1, "m 42 228 l 42 204 l 58 204 l 58 192 l 82 192 l 82 212 l 104 212 l 104 198 l 124 198 l 124 216 l 158 216 l 158 194 l 184 194 l 184 210 l 216 210 l 216 220 l 276 220 l 276 202 l 298 202 l 298 212 l 330 212 l 330 228")
  seed = 7 # awks differ in their rand()
  for (i = 0; i < 26; i++) {
    x = 46 + random(70) * 4
    shape("ffe1a3", 0.85, rectangle(x, 214 + random(3) * 4, 2, 2))
  }
  layer = 5
  shape("151a2c", 1, rectangle(136, 72, 5, 156) " " rectangle(232, 72, 5, 156))
  shape("1d2338", 1, rounded(30, 232, 312, 8, 3))

  # --- an airship crosses the window once a minute, behind the frames
  layer = 4
  for (i = 0; i < 60; i++) {
    x = -40 + i * 6.2
    event(i * 100, i * 100 + 100, sprintf("\\an7\\bord0\\shad0\\c%s\\1a&H20&\\clip(42,72,330,228)\\move(%.2f,104,%.2f,104)\\p1", colour("e9ecff"), 42 + x, 42 + x + 6.2), \
      "m 0 8 b 4 0 32 0 38 8 b 32 16 4 16 0 8 m 15 15 l 23 15 l 22 18 l 16 18 m 0 8 l -6 2 l -2 8 l -6 14")
  }

  # --- lamps, desk, plant
  layer = 5
  for (i = 0; i < 3; i++) {
    x = 392 + i * 76
    shape("11131f", 1, rectangle(x - 0.75, 0, 1.5, 30 + (i % 2) * 8))
    shape("ffe9c2", 0.20, circle(x, 52 + (i % 2) * 8, 26), "\\blur12")
    shape("ffdf9f", 1, sprintf("m %g %g l %g %g l %g %g l %g %g", x - 5, 30 + (i % 2) * 8, x + 5, 30 + (i % 2) * 8, x + 13, 44 + (i % 2) * 8, x - 13, 44 + (i % 2) * 8))
  }
  shape("000000", 0.35, "m 376 322 l 632 322 l 640 334 l 368 334", "\\blur6")
  shape("3a2c3a", 1, rounded(380, 262, 248, 62, 4))
  shape("8a5a44", 1, rounded(372, 250, 264, 14, 4))
  shape("c98b5e", 1, rounded(372, 250, 264, 4, 2))
  for (i = 1; i < 8; i++) shape("2f2331", 1, rectangle(380 + i * 31, 266, 1.5, 56))
  shape("b5553e", 1, "m 58 286 l 98 286 l 92 324 l 64 324")
  shape("d06a4d", 1, rounded(54, 280, 48, 9, 3))
  split("78 282 b 60 262 40 262 30 240 b 52 236 74 250 78 282|78 282 b 64 250 60 232 68 208 b 84 222 88 250 78 282|78 282 b 84 256 100 246 122 244 b 116 264 100 276 78 282|78 282 b 74 262 56 246 44 218 b 66 226 82 250 78 282|78 282 b 84 246 96 232 108 222 b 112 246 96 270 78 282", leaf, "|")
  split("3f7d5a 2f6b4d 4c9068 37765a 44885f", green, " ")
  for (i = 1; i <= 5; i++) shape(green[i], 1, "m " leaf[i])

  # --- the clock on the wall: face, marks, and the hand that sweeps once a minute
  CX = 568; CY = 170; R = 54
  layer = 6
  shape("000000", 0.35, circle(CX + 2, CY + 5, R + 5), "\\blur6")
  shape("12172a", 1, circle(CX, CY, R + 5))
  shape("f3f1ea", 1, circle(CX, CY, R))
  for (i = 0; i < 60; i++)
    event(0, LAST, sprintf("\\an7\\bord0\\shad0\\c%s\\pos(%g,%g)\\org(%g,%g)\\frz%g\\p1", colour(i % 5 ? "a7abb8" : "2a3150"), CX, CY - R + 4, CX, CY, -6 * i), \
      i % 5 ? rectangle(-0.6, 0, 1.2, 4) : rectangle(-1.4, 0, 2.8, 9))
  layer = 7
  # One piece a second: libass keeps an angle's precision over a short turn, and each is where frame n says it is.
  for (i = 0; i < 60; i++)
    event(i * 100, i * 100 + 100, sprintf("\\an7\\bord0\\shad0\\c%s\\pos(%g,%g)\\org(%g,%g)\\frz%g\\t(0,1000,\\frz%g)\\p1", colour("e2483d"), CX, CY - 44, CX, CY, -6 * i, -6 * i - 6), rectangle(-1.5, 0, 3, 56))
  layer = 8
  shape("e2483d", 1, circle(CX, CY, 5))
  shape("f3f1ea", 1, circle(CX, CY, 1.8))

  # --- the running time: seconds large, hundredths behind them
  layer = 9
  for (n = 0; n < 1500; n++) {
    event(n * 4, n * 4 + 4, label(452, 198, 3, 96, "ffffff") "\\fnDejaVu Sans Mono\\b1", sprintf("%02d", int(n / 25)))
    event(n * 4, n * 4 + 4, label(454, 189, 1, 34, "ffd9a0") "\\fnDejaVu Sans Mono", sprintf(".%02d", (n % 25) * 4))
  }
  text(358, 212, 1, 11, "c3c9e6", "seconds of the minute, UTC")

  # --- what a camera writes over its picture: its name, and the light that flashes with the tick
  shape("0b0f1e", 0.55, rounded(16, 16, 150, 40, 8))
  shape("63d68c", 1, circle(33, 36, 5))
  text(46, 27, 4, 19, "ffffff", "Lobby", "\\b1")
  text(46, 45, 4, 12, "c3c9e6", "simulated camera")
  shape("0b0f1e", 0.55, circle(604, 36, 16))
  for (i = 0; i < 60; i++) moving(i * 100, i * 100 + 12, "ffffff", 1, circle(604, 36, 12), "\\pos(0,0)")
  shape("0b0f1e", 1, rounded(188, 332, 264, 24, 4))
}
