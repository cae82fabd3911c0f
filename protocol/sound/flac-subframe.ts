import type { FlacBitWriter } from './flac-bit-writer.ts'

/** Subframe types of RFC 9639 section 9.2.1; a fixed predictor's order is added to the last. */
const CONSTANT = 0
const VERBATIM = 1
const FIXED = 8

const LARGEST_ORDER = 4
const LARGEST_PARTITION_ORDER = 5
/** Partitions with fewer residuals cost more parameters than they save. */
const SMALLEST_PARTITION = 16
/** Rice parameters of the first coding method have 4 bits, of which 15 is an escape; those of the second have 5. */
const LARGEST_SHORT_PARAMETER = 14

/** Bits of a subframe that holds the samples as they are: the header of 8, and the samples. */
export const verbatimBits = (samples: number, bitsPerSample: number): number => 8 + samples * bitsPerSample

/**
 * Codes the samples of one channel and one frame: constant, by the fixed predictor that leaves the smallest residuals
 * and Rice codes for them, or as they are where that is no longer.
 */
export class FlacSubframeEncoder {
  /** Residuals, folded so that the small ones of either sign are small numbers. */
  #residuals = new Int32Array(0)
  readonly #orderSums = new Float64Array(LARGEST_ORDER + 1)
  readonly #sums = new Float64Array(1 << LARGEST_PARTITION_ORDER)
  readonly #parameters = new Uint8Array(1 << LARGEST_PARTITION_ORDER)
  readonly #best = new Uint8Array(1 << LARGEST_PARTITION_ORDER)

  /** @param samples changed by the call: the bits that none of them uses are taken away. */
  write(writer: FlacBitWriter, samples: Int32Array, length: number, bitsPerSample: number): void {
    const wasted = removeWastedBits(samples, length)
    const bits = bitsPerSample - wasted
    if (isConstant(samples, length)) {
      header(writer, CONSTANT, wasted)
      writer.bits(samples[0] ?? 0, bits)
      return
    }
    const order = this.#bestOrder(samples, length)
    this.#predict(samples, length, order)
    const partitionOrder = this.#partition(length, order, bits)
    if (partitionOrder < 0) {
      header(writer, VERBATIM, wasted)
      for (let i = 0; i < length; i++) writer.bits(samples[i] ?? 0, bits)
      return
    }
    header(writer, FIXED + order, wasted)
    for (let i = 0; i < order; i++) writer.bits(samples[i] ?? 0, bits)
    this.#writeResiduals(writer, length, order, partitionOrder)
  }

  /** The order whose residuals are the smallest in sum (section 9.2.5). */
  #bestOrder(samples: Int32Array, length: number): number {
    if (length <= LARGEST_ORDER) return 0
    const sums = this.#orderSums.fill(0)
    let [before0, before1, before2, before3] = [0, 0, 0, 0]
    for (let i = 0; i < length; i++) {
      const e0 = samples[i] ?? 0
      const e1 = e0 - before0
      const e2 = e1 - before1
      const e3 = e2 - before2
      if (i >= LARGEST_ORDER) {
        sums[0] = (sums[0] ?? 0) + Math.abs(e0)
        sums[1] = (sums[1] ?? 0) + Math.abs(e1)
        sums[2] = (sums[2] ?? 0) + Math.abs(e2)
        sums[3] = (sums[3] ?? 0) + Math.abs(e3)
        sums[4] = (sums[4] ?? 0) + Math.abs(e3 - before3)
      }
      before0 = e0
      before1 = e1
      before2 = e2
      before3 = e3
    }
    let best = 0
    for (let order = 1; order <= LARGEST_ORDER; order++) if ((sums[order] ?? 0) < (sums[best] ?? 0)) best = order
    return best
  }

  #predict(samples: Int32Array, length: number, order: number): void {
    if (this.#residuals.length < length) this.#residuals = new Int32Array(length)
    const residuals = this.#residuals
    for (let i = order; i < length; i++) {
      const x = samples[i] ?? 0
      const x1 = order > 0 ? (samples[i - 1] ?? 0) : 0
      const x2 = order > 1 ? (samples[i - 2] ?? 0) : 0
      const x3 = order > 2 ? (samples[i - 3] ?? 0) : 0
      const x4 = order > 3 ? (samples[i - 4] ?? 0) : 0
      let predicted = 0
      if (order === 1) predicted = x1
      else if (order === 2) predicted = 2 * x1 - x2
      else if (order === 3) predicted = 3 * x1 - 3 * x2 + x3
      else if (order === 4) predicted = 4 * x1 - 6 * x2 + 4 * x3 - x4
      const residual = x - predicted
      residuals[i] = (residual << 1) ^ (residual >> 31)
    }
  }

  /** The partition order that takes the fewest bits, its parameters in `#best`; −1 where the samples as they are do. */
  #partition(length: number, order: number, bits: number): number {
    let partitionOrder = 0
    while (
      partitionOrder < LARGEST_PARTITION_ORDER &&
      length % (2 << partitionOrder) === 0 &&
      length >> (partitionOrder + 1) >= SMALLEST_PARTITION
    ) {
      partitionOrder++
    }
    this.#sumUp(length, order, partitionOrder)
    let best = -1
    let fewest = verbatimBits(length, bits)
    for (; partitionOrder >= 0; partitionOrder--) {
      const cost = 8 + order * bits + 6 + this.#choose(length, order, partitionOrder)
      if (cost < fewest) {
        fewest = cost
        best = partitionOrder
        this.#best.set(this.#parameters)
      }
      for (let i = 0; i < 1 << partitionOrder; i += 2)
        this.#sums[i >> 1] = (this.#sums[i] ?? 0) + (this.#sums[i + 1] ?? 0)
    }
    return best
  }

  #sumUp(length: number, order: number, partitionOrder: number): void {
    const size = length >> partitionOrder
    let at = order
    for (let partition = 0; partition < 1 << partitionOrder; partition++) {
      let sum = 0
      for (const end = (partition + 1) * size; at < end; at++) sum += this.#residuals[at] ?? 0
      this.#sums[partition] = sum
    }
  }

  /** Chooses the parameter of each partition, and gives the bits of all: at most that many. */
  #choose(length: number, order: number, partitionOrder: number): number {
    const size = length >> partitionOrder
    let cost = 0
    let largest = 0
    for (let partition = 0; partition < 1 << partitionOrder; partition++) {
      const count = partition === 0 ? size - order : size
      const sum = this.#sums[partition] ?? 0
      let parameter = 0
      // Half of the mean, nearly: what lies above the parameter's bits is written in ones.
      while (parameter < 30 && sum > count * 2 ** (parameter + 1)) parameter++
      this.#parameters[partition] = parameter
      largest = Math.max(largest, parameter)
      cost += count * (parameter + 1) + Math.floor(sum / 2 ** parameter)
    }
    return cost + (largest > LARGEST_SHORT_PARAMETER ? 5 : 4) * (1 << partitionOrder)
  }

  /** Section 9.2.7. */
  #writeResiduals(writer: FlacBitWriter, length: number, order: number, partitionOrder: number): void {
    const partitions = 1 << partitionOrder
    let isLong = false
    for (let i = 0; i < partitions; i++) isLong ||= (this.#best[i] ?? 0) > LARGEST_SHORT_PARAMETER
    writer.bits(isLong ? 1 : 0, 2)
    writer.bits(partitionOrder, 4)
    const size = length >> partitionOrder
    let at = order
    for (let partition = 0; partition < partitions; partition++) {
      const parameter = this.#best[partition] ?? 0
      writer.bits(parameter, isLong ? 5 : 4)
      for (const end = (partition + 1) * size; at < end; at++) writer.rice(this.#residuals[at] ?? 0, parameter)
    }
  }
}

/** Section 9.2.2: the type in 6 bits, then how many bits no sample uses, in unary. */
function header(writer: FlacBitWriter, type: number, wasted: number): void {
  writer.bits((type << 1) | (wasted > 0 ? 1 : 0), 8)
  if (wasted > 0) writer.bits(1, wasted)
}

/** Sound of 8, 13 or 14 bits, such as that of G.711, leaves the lowest of 16 empty. */
function removeWastedBits(samples: Int32Array, length: number): number {
  let used = 0
  for (let i = 0; i < length; i++) used |= samples[i] ?? 0
  if (used === 0 || used & 1) return 0
  const wasted = 31 - Math.clz32(used & -used)
  for (let i = 0; i < length; i++) samples[i] = (samples[i] ?? 0) >> wasted
  return wasted
}

function isConstant(samples: Int32Array, length: number): boolean {
  const first = samples[0]
  for (let i = 1; i < length; i++) if (samples[i] !== first) return false
  return true
}
