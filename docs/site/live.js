// Pages with a live example: what the bridge shows that serves them.
import '../../web/index.ts'
