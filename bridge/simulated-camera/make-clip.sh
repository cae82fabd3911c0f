#!/bin/sh
# Makes clip.mp4, what the simulated camera shows: sixty seconds of a lobby at dusk with a running clock.
#
#   sh bridge/simulated-camera/make-clip.sh [OUT.mp4]
#
# Needs Debian's `ffmpeg` (5.1 or newer, with libass and libx264) and `fonts-dejavu-core`. The result depends on nothing
# but their versions: no metadata, no dates, one encoder thread.
#
# What is in it, and where tests find it (640x360, 25 frames a second, 1500 frames, no B-frames, a keyframe each second):
#   clock    Second and hundredth of the minute, and a second hand. Frame n shows n/25 s. The camera plays second 0 at
#            second 0 of each minute (UTC), so the seconds shown are the wall clock's.
#   flash    A white disc, centre (604, 36), radius 12, during the first three frames of each second (0.12 s).
#   tick     A soft 880 Hz tick at each full second, 1320 Hz at each full ten seconds: it starts with the flash.
#   strip    The frame's number as 16 blocks of 16x16 pixels, most significant bit first, the first with its top left
#            corner at (192, 336): white is 1, black is 0. Read the middle of each block; they lie on macroblocks, so
#            that they stay sharp.
set -eu

out=${1:-$(dirname "$0")/clip.mp4}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The scene is drawn by libass: smooth shapes, text, and rotation, in a text file of a few lines a shape.
awk -f "$(dirname "$0")/clip-scene.awk" >"$work/scene.ass"

# drawbox for the strip: bit 15 - k of the frame number n lights block k.
strip='drawbox=x=192:y=336:w=256:h=16:color=black:t=fill'
k=0
while [ $k -lt 16 ]; do
  strip="$strip,drawbox=x=$((192 + 16 * k)):y=336:w=16:h=16:color=white:t=fill:enable='mod(floor(n/$((1 << (15 - k)))),2)'"
  k=$((k + 1))
done

# Sixty-one seconds of sound, cut to the clip's length after encoding: the encoder's last frames then hold what comes
# at the start of the next turn, and the loop has no seam.
tick="0.22*sin(2*PI*t*if(lt(mod(t,10),1),1320,880))*exp(-45*mod(t,1))*min(1,mod(t,1)*2000)"

ffmpeg -hide_banner -loglevel warning -y \
  -f lavfi -i "color=c=0x1b2440:s=640x360:r=25:d=60,format=rgb24" \
  -f lavfi -i "aevalsrc=exprs='$tick':s=48000:c=mono:d=61" \
  -filter_complex "[0:v]ass=filename=$work/scene.ass:shaping=simple,$strip,
    scale=out_color_matrix=bt709:out_range=tv,format=yuv420p[v]" \
  -map '[v]' -map 1:a -t 60 -map_metadata -1 -fflags +bitexact \
  -c:v libx264 -profile:v main -preset veryslow -tune animation -crf 17 -maxrate 900k -bufsize 900k -threads 1 \
  -level 3.0 -refs 1 -g 25 -keyint_min 25 -sc_threshold 0 -bf 0 -flags:v +bitexact -bsf:v filter_units=remove_types=6 \
  -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
  -c:a aac -b:a 40k -flags:a +bitexact \
  -movflags +faststart "$out"

ls -l "$out"
