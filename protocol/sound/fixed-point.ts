/** The nearest number from `lowest` to `highest`. */
export const clamp = (value: number, lowest: number, highest: number): number =>
  Math.min(Math.max(value, lowest), highest)

/** The nearest number that 16 bits hold, with sign: "saturation" in the texts of the ITU. */
export const saturate16 = (value: number): number => clamp(value, -32_768, 32_767)

/** The lowest 16 bits as a number with sign. */
export const int16 = (value: number): number => (value << 16) >> 16
