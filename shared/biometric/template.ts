// A finger minutiae template in memory, the same shape for every format it may come from. Knows no bytes and no matching.
import type { FingerPosition } from './position.ts';

/** ansi-378-2007 is the 2009 layout without its certification byte, met in the field. */
export const templateFormats = [
  'iso-19794-2:2005',
  'iso-19794-2:2011',
  'ansi-378-2004',
  'ansi-378-2007',
  'ansi-378-2009',
  'ansi-378-2009-am1',
] as const;
export type TemplateFormat = (typeof templateFormats)[number];

export type MinutiaType = 'other' | 'ending' | 'bifurcation';

/**
 * One minutia. x grows to the right, y DOWN, in pixels of the capture's resolution. `angle` is in radians, anticlockwise
 * from the +x axis as seen on the image. `quality` 1 to 100; 0 or 254 not reported, 255 failed to compute.
 */
export type Minutia = {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly type: MinutiaType;
  readonly quality: number;
};

/** Pixels; resolutions in pixels per centimetre (197 = 500 dpi). */
export type Raster = {
  readonly width: number;
  readonly height: number;
  readonly resolutionX: number;
  readonly resolutionY: number;
};

/** A block of extended data as it came: ridge counts (1), cores and deltas (2), zonal quality (3), vendor's own (≥ 0x100). */
export type ExtendedBlock = { readonly type: number; readonly data: Uint8Array };

export type CaptureTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
};

/** What only ISO/IEC 19794-2:2011 keeps for a representation (clause 8.4). */
export type Representation2011 = {
  readonly capturedAt: CaptureTime;
  readonly technology: number;
  readonly vendor: number;
  readonly device: number;
  readonly qualities: readonly { readonly score: number; readonly vendor: number; readonly algorithm: number }[];
  readonly certifications: readonly { readonly authority: number; readonly scheme: number }[];
  /** 0: valley skeleton bifurcation, 1: ridge skeleton end (clause 8.4.17); other values are kept as they came. */
  readonly endingType: number;
  /** 5: minutiae without quality, 6: with. */
  readonly minutiaBytes: 5 | 6;
};

export type FingerView = {
  readonly position: FingerPosition;
  readonly viewNumber: number;
  /** 0 live plain, 1 live rolled, 2 non-live plain, 3 non-live rolled, 4 latent, 8 swipe, 9 contactless. */
  readonly impression: number;
  /** 0 to 100, or 254 not computed, 255 failed. */
  readonly quality: number;
  readonly minutiae: readonly Minutia[];
  readonly extended: readonly ExtendedBlock[];
  /** Only where the writer counted a block's own 4 bytes against the format's rule: ISO 2005 with them, the others without. */
  readonly extendedCountedAgainstRule?: true;
  /** Only where it differs from the template's own (formats that keep it for every view). */
  readonly raster?: Raster;
  /** ANSI 2007 and later: who computed the view's quality. */
  readonly qualityAlgorithm?: { readonly vendor: number; readonly algorithm: number };
  readonly iso2011?: Representation2011;
};

/** The capture device as the header names it. Formats leave out different parts; absent parts are 0. */
export type TemplateDevice = {
  readonly vendor: number;
  readonly subFormat: number;
  readonly id: number;
  /** ISO 2005, ANSI 2004 and 2007: the four compliance bits; ANSI 2009: the certification byte; ISO 2011: its certification flag. */
  readonly certification: number;
};

/**
 * Known mistakes of real writers (published samples have each), kept so that the same bytes come back; `format` says for
 * which format they hold. Everything else irregular is refused.
 */
export type AsWritten = {
  readonly format: TemplateFormat;
  /** ISO 2005 and ANSI 2004 write their version " 20"; some writers "020". */
  readonly version?: '020';
  /** The length field says this many bytes too few (1 or 2). */
  readonly lengthShortBy?: number;
  /** At most 2 bytes behind the last view that no extended-data length counts. */
  readonly uncounted?: Uint8Array;
};

export type FingerTemplate = Raster & {
  readonly format: TemplateFormat;
  readonly device: TemplateDevice;
  readonly views: readonly FingerView[];
  /** Only where the bytes did not follow their format's rules in a way that real writers are known for. */
  readonly asWritten?: AsWritten;
};

/** What a view's coordinates are measured in. */
export function rasterOf(template: FingerTemplate, view: FingerView): Raster {
  return view.raster ?? template;
}

export const templateLimits = {
  maxBytes: 65_535,
  maxViews: 16,
  maxMinutiae: 255,
  /** 100 to 2,500 dpi: wider than any reader, narrower than nonsense. */
  minResolution: 40,
  maxResolution: 1_000,
  maxSide: 16_383,
} as const;

/** Why bytes are not a template. `offset` is where in the bytes the refusal was noticed. */
export type TemplateError = {
  readonly reason:
    | 'too_large'
    | 'truncated'
    | 'not_a_template'
    | 'unknown_version'
    | 'length_mismatch'
    | 'trailing_bytes'
    | 'no_views'
    | 'too_many_views'
    | 'bad_raster'
    | 'unknown_position'
    | 'bad_view_number'
    | 'unknown_impression'
    | 'bad_quality'
    | 'unknown_minutia_type'
    | 'minutia_outside'
    | 'reserved_bits'
    | 'bad_extended_data'
    | 'bad_minutia_size';
  readonly offset: number;
};
