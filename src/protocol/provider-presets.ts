/** The names of the providers that are configured by a preset. */
export const presetNames = ['google', 'microsoft', 'apple', 'github'] as const
export type Preset = (typeof presetNames)[number]
