#!/bin/sh
# Makes what the simulated camera shows: sixty seconds of a lobby at dusk with a running clock, and four seconds of it in
# other codecs.
#
#   sh bridge/simulated-camera/make-clip.sh [FOLDER]
#
# Needs Debian's `ffmpeg` (5.1 or newer, with libass, libx264, libx265, libsvtav1 and libopus) and `fonts-dejavu-core`. The
# result depends on nothing but their versions: no metadata, no dates, one encoder thread.
#
# clip.mp4, and where tests find what is in it (640x360, 25 frames a second, 1500 frames, no B-frames, a keyframe each
# second, AAC):
#   clock    Second and hundredth of the minute, and a second hand. Frame n shows n/25 s. The camera plays second 0 at
#            second 0 of each minute (UTC), so the seconds shown are the wall clock's.
#   flash    A white disc, centre (604, 36), radius 12, during the first three frames of each second (0.12 s).
#   tick     A soft 880 Hz tick at each full second, 1320 Hz at each full ten seconds: it starts with the flash.
#   strip    The frame's number as 16 blocks of 16x16 pixels, most significant bit first, the first with its top left
#            corner at (192, 336): white is 1, black is 0. Read the middle of each block; they lie on macroblocks, so
#            that they stay sharp.
#
# The others are the first four seconds of the same scene in half the size: the strip has blocks of 8x8 from (96, 168) on.
#   clip-h265.mp4    320x180, 100 frames, H.265 Main without B-frames, a keyframe each second; AAC
#   clip-av1.mp4     320x180, 100 frames, AV1 Main, a keyframe each second; Opus
#   clip-mjpeg.mp4   320x176 (RFC 2435 has sides of multiples of 8; the bottom is cut off), every second frame: 50
#   clip-opus.mp4    ten seconds of the tick in Opus, without a picture
set -eu

folder=${1:-$(dirname "$0")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The scene is drawn by libass: smooth shapes, text, and rotation, in a text file of a few lines a shape. It fits any size.
awk -f "$(dirname "$0")/clip-scene.awk" >"$work/scene.ass"

# strip SIZE: drawbox filters with blocks of that size; bit 15 - k of the frame number n lights block k.
strip() {
  printf 'drawbox=x=%d:y=%d:w=%d:h=%d:color=black:t=fill' $((12 * $1)) $((21 * $1)) $((16 * $1)) "$1"
  k=0
  while [ $k -lt 16 ]; do
    printf ",drawbox=x=%d:y=%d:w=%d:h=%d:color=white:t=fill:enable='mod(floor(n/%d),2)'" \
      $(((12 + k) * $1)) $((21 * $1)) "$1" "$1" $((1 << (15 - k)))
    k=$((k + 1))
  done
}

# One second more of sound than the clip has, cut to its length after encoding: the encoder's last frames then hold what
# comes at the start of the next turn, and the loop has no seam.
tick="0.22*sin(2*PI*t*if(lt(mod(t,10),1),1320,880))*exp(-45*mod(t,1))*min(1,mod(t,1)*2000)"

# encode OUT WIDTHxHEIGHT BLOCK SECONDS "FILTERS" CODECS…: the scene, as FILTERS make it fit the codec, and the tick.
encode() {
  out=$folder/$1 size=$2 block=$3 seconds=$4 fitting=$5
  shift 5
  ffmpeg -hide_banner -loglevel warning -y \
    -f lavfi -i "color=c=0x1b2440:s=$size:r=25:d=$seconds,format=rgb24" \
    -f lavfi -i "aevalsrc=exprs='$tick':s=48000:c=mono:d=$((seconds + 1))" \
    -filter_complex "[0:v]ass=filename=$work/scene.ass:shaping=simple,$(strip "$block"),
    $fitting[v]" \
    -map '[v]' -map 1:a -t "$seconds" -map_metadata -1 -fflags +bitexact "$@" -movflags +faststart "$out"
  ls -l "$out"
}

video='scale=out_color_matrix=bt709:out_range=tv,format=yuv420p'
bt709='-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'

# shellcheck disable=SC2086
encode clip.mp4 640x360 16 60 "$video" \
  -c:v libx264 -profile:v main -preset veryslow -tune animation -crf 17 -maxrate 900k -bufsize 900k -threads 1 \
  -level 3.0 -refs 1 -g 25 -keyint_min 25 -sc_threshold 0 -bf 0 -flags:v +bitexact -bsf:v filter_units=remove_types=6 \
  $bt709 -c:a aac -b:a 40k -flags:a +bitexact

# shellcheck disable=SC2086
encode clip-h265.mp4 320x180 8 4 "$video" \
  -c:v libx265 -profile:v main -preset veryslow -crf 24 -tag:v hvc1 \
  -x265-params log-level=0:info=0:pools=none:frame-threads=1:keyint=25:min-keyint=25:scenecut=0:open-gop=0:bframes=0 \
  $bt709 -c:a aac -b:a 40k -flags:a +bitexact

# shellcheck disable=SC2086
SVT_LOG=1 encode clip-av1.mp4 320x180 8 4 "$video" \
  -c:v libsvtav1 -preset 3 -crf 32 -g 25 -svtav1-params lp=1:scd=0 -bsf:v filter_units=remove_types=5 \
  $bt709 -c:a libopus -b:a 24k -flags:a +bitexact

encode clip-mjpeg.mp4 320x180 8 4 'fps=12.5,crop=320:176:0:0,scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p' \
  -c:v mjpeg -huffman default -force_duplicated_matrix 1 -q:v 8 -flags:v +bitexact -an

ffmpeg -hide_banner -loglevel warning -y -f lavfi -i "aevalsrc=exprs='$tick':s=48000:c=mono:d=11" -t 10 \
  -map_metadata -1 -fflags +bitexact -c:a libopus -b:a 24k -flags:a +bitexact -movflags +faststart "$folder/clip-opus.mp4"
ls -l "$folder/clip-opus.mp4"
