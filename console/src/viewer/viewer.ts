import NiiVue, { type NiiVueLocation } from "@niivue/niivue/webgl2";
import { timeCourseAt } from "./time-course.ts";

/** An image as the viewer draws it. */
export type ShownImage = {
  readonly url: string;
  /** The name of its file: its ending says how it is read. */
  readonly name: string;
  /** A colour map of NiiVue. @default "gray" */
  readonly colormap?: string;
  /** From 0, unseen, to 1. @default 1 */
  readonly opacity?: number;
};

/** Where the crosshair is. */
export type Crosshair = {
  /** Millimetres in the space of the image. */
  readonly millimetres: readonly number[];
  /** The value of each image there, the lowest first. */
  readonly values: readonly number[];
  /** Of a series, the values of the first image there over time; empty of what has no time. */
  readonly course: readonly number[];
};

/**
 * The only part of the console that knows NiiVue. There is one viewer with one canvas and one WebGL context for the whole tab, which moves from page to
 * page and is not made anew: browsers allow some sixteen contexts, and take them from who made them first.
 */
export type Viewer = {
  /** Puts the canvas into an element, in which it is drawn from now on. @returns takes it out again */
  mount(place: HTMLElement): () => void;
  /** Shows an image with overlays on it, in place of what was shown. @throws when the first one cannot be read */
  show(images: readonly [ShownImage, ...ShownImage[]]): Promise<void>;
  /** Changes how one of them is drawn. */
  change(
    index: number,
    changes: { readonly opacity?: number; readonly colormap?: string; readonly frame?: number },
  ): void;
  /** How many volumes the first image has in time; 1 where it has no time. */
  frames(): number;
  /** Calls whenever the crosshair has moved. @returns ends that */
  onMove(listener: (crosshair: Crosshair) => void): () => void;
};

const create = async (): Promise<Viewer> => {
  const canvas = document.createElement("canvas");
  canvas.className = "viewer-canvas";
  canvas.setAttribute("aria-label", "Slices of the image; arrow keys are those of the sliders beside it");
  canvas.setAttribute("role", "img");
  const viewer = new NiiVue({ backgroundColor: [0, 0, 0, 1], isDragDropEnabled: false, logLevel: "silent" });
  let attached: Promise<unknown> | undefined;
  const courseAt = (place: readonly number[]): number[] => {
    const [image] = viewer.volumes;
    const { img, img2RASstart: start, img2RASstep: step, nFrame4D: volumes = 1 } = image ?? {};
    if (image === undefined || img == null || start === undefined || step === undefined || volumes < 2) return [];
    const { scl_slope: slope, scl_inter: intercept } = image.hdr;
    return timeCourseAt({ voxels: img, volumeVoxels: image.nVox3D, volumes, start, step, slope, intercept }, place);
  };
  return {
    mount: (place) => {
      place.append(canvas);
      attached ??= viewer.attachToCanvas(canvas);
      return () => canvas.remove();
    },
    show: async (images) => {
      await attached;
      await viewer.loadVolumes(
        images.map(({ colormap = "gray", opacity = 1, ...image }) => ({ ...image, colormap, opacity })),
      );
    },
    change: (index, { frame, ...changes }) => {
      void viewer.setVolume(index, { ...changes, ...(frame !== undefined && { frame4D: frame }) });
    },
    frames: () => viewer.volumes[0]?.nFrame4D ?? 1,
    onMove: (listener) => {
      const moved = ({ detail }: { readonly detail: NiiVueLocation }): void =>
        listener({
          millimetres: detail.mm,
          values: detail.values.map(({ value }) => value),
          course: courseAt(detail.values[0]?.vox ?? []),
        });
      viewer.addEventListener("locationChange", moved);
      return () => viewer.removeEventListener("locationChange", moved);
    },
  };
};

let only: Promise<Viewer> | undefined;

/** The viewer of this tab, made when it is wanted first. */
export const viewerOfTab = (): Promise<Viewer> => {
  only ??= create();
  return only;
};
