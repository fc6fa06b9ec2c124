/** How headers are printed. */
export type HeadersFormat = "json" | "curl" | "env";

export const formats: readonly HeadersFormat[] = ["json", "curl", "env"];
