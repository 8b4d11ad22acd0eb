/**
 * GET /api/vedette/fleet/plans: pictures of sites. PUT /api/vedette/fleet/plans/:site (body: PNG, JPEG, WebP or SVG, at most 4 MB) stores one,
 * GET answers the picture, DELETE removes it. Cameras lie on it by `plan` (0 to 1), set with PATCH /api/vedette/fleet/cameras/:id.
 */
export interface SitePlansAnswer {
  readonly plans: readonly SitePlan[];
}

export interface SitePlan {
  readonly site: string;
  /** Where the picture is: /api/vedette/fleet/plans/<site>?v=<hash> */
  readonly url: string;
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/svg+xml';
  readonly bytes: number;
  /** Pixels; of an SVG its view box. */
  readonly width: number;
  readonly height: number;
  readonly changed: { readonly at: string; readonly by: string };
}
