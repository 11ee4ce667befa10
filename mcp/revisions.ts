/** The revisions of the protocol and what each era means for transports (specification: basic/lifecycle). */

export type Era = 'legacy-sse' | 'legacy' | 'modern';

/** Revisions with sessions, oldest first. The index is part of session ids: append only. */
export const LEGACY_REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
export type LegacyRevision = (typeof LEGACY_REVISIONS)[number];

/** The first revision without sessions; this one and all later ones are `modern`. */
export const FIRST_MODERN_REVISION = '2026-07-28';
export const LATEST_LEGACY_REVISION: LegacyRevision = '2025-11-25';
/** What a Streamable HTTP request without an `MCP-Protocol-Version` header speaks (2025-06-18, basic/transports). */
export const ASSUMED_REVISION: LegacyRevision = '2025-03-26';
/** The only revision in which a body may be a batch (2025-03-26, basic, "Batching"). */
export const BATCH_REVISION: LegacyRevision = '2025-03-26';

export function isLegacyRevision(value: unknown): value is LegacyRevision {
  return (LEGACY_REVISIONS as readonly unknown[]).includes(value);
}

/** True for 2026-07-28 and every later date; false for anything that is not a date. */
export function isModernRevision(value: string | undefined): boolean {
  return value !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(value) && value >= FIRST_MODERN_REVISION;
}

/**
 * The revision a server answers an `initialize` with: the client's if we speak it, else our latest
 * (2025-11-25, basic/lifecycle, "Version Negotiation").
 */
export function negotiate(requested: unknown): LegacyRevision {
  return isLegacyRevision(requested) ? requested : LATEST_LEGACY_REVISION;
}
