import { Problem } from "@rollerblade/errors";
import { useEffect, useRef, useState } from "react";
import { ProblemNote } from "../parts/problem-note.tsx";
import { TimeCourse } from "./time-course-plot.tsx";
import type { Crosshair, ShownImage, Viewer } from "./viewer.ts";

/** An image that can be laid over another. */
export type Overlay = { readonly title: string; readonly image: ShownImage };

/** Colour maps for overlays, told apart by people with any colour vision. */
const overlayMaps = ["red", "blue", "viridis", "plasma"] as const;

type ViewerPanelProps = { readonly image: ShownImage; readonly overlays: readonly Overlay[] };

/** Shows an image with overlays: their colours and opacities, the crosshair and the volume of a series. Loaded when somebody looks. */
const ViewerPanel = ({ image, overlays }: ViewerPanelProps) => {
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [state, setState] = useState<"loading" | "shown" | Error>("loading");
  const [crosshair, setCrosshair] = useState<Crosshair | null>(null);
  const [frames, setFrames] = useState(1);
  const [frame, setFrame] = useState(0);
  useEffect(() => {
    let isOver = false;
    const undo: (() => void)[] = [];
    import("./viewer.ts")
      .then(({ viewerOfTab }) => viewerOfTab())
      .then((made) => {
        if (isOver || place.current === null) return;
        undo.push(made.mount(place.current), made.onMove(setCrosshair));
        setViewer(made);
      })
      .catch((thrown: unknown) => setState(asError(thrown)));
    return () => {
      isOver = true;
      for (const one of undo) one();
    };
  }, []);
  const key = JSON.stringify([image, overlays]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all that images and overlays are
  useEffect(() => {
    if (viewer === null) return;
    let isOver = false;
    setState("loading");
    const layers = overlays.map(({ image: layer }, index) => ({
      ...layer,
      colormap: overlayMaps[index % overlayMaps.length] ?? "red",
      opacity: 0.5,
    }));
    viewer
      .show([image, ...layers])
      .then(() => {
        if (isOver) return;
        setFrames(viewer.frames());
        setFrame(0);
        setState("shown");
      })
      .catch((thrown: unknown) => isOver || setState(asError(thrown)));
    return () => {
      isOver = true;
    };
  }, [viewer, key]);
  return (
    <div className="viewer" data-state={state instanceof Error ? "failed" : state}>
      <div className="viewer-place" ref={place} />
      <div className="viewer-controls">
        {state instanceof Error && <ProblemNote problem={state} />}
        {state === "loading" && <p role="status">Loading the image …</p>}
        {viewer !== null && (
          <>
            {frames > 1 && (
              <FrameSlider
                frame={frame}
                frames={frames}
                onFrame={(next) => {
                  setFrame(next);
                  viewer.change(0, { frame: next });
                }}
              />
            )}
            {overlays.map(({ title }, index) => (
              <OverlayControls key={title} viewer={viewer} index={index} title={title} />
            ))}
          </>
        )}
        {crosshair !== null && crosshair.course.length > 1 && <TimeCourse values={crosshair.course} frame={frame} />}
        {crosshair !== null && (
          <p className="mono">
            {crosshair.millimetres
              .slice(0, 3)
              .map((one) => one.toFixed(1))
              .join(", ")}{" "}
            mm: {crosshair.values.map((one) => one.toPrecision(4)).join(", ")}
          </p>
        )}
      </div>
    </div>
  );
};

const asError = (thrown: unknown): Error =>
  thrown instanceof Error
    ? new Problem({ code: "invalid", message: `The image cannot be shown: ${thrown.message}` })
    : new Error(String(thrown));

type FrameSliderProps = {
  readonly frame: number;
  readonly frames: number;
  readonly onFrame: (frame: number) => void;
};

const FrameSlider = ({ frame, frames, onFrame }: FrameSliderProps) => (
  <label>
    Volume {frame + 1} of {frames}
    <input
      type="range"
      min={0}
      max={frames - 1}
      value={frame}
      onChange={({ target }) => onFrame(Number(target.value))}
    />
  </label>
);

type OverlayControlsProps = { readonly viewer: Viewer; readonly index: number; readonly title: string };

const OverlayControls = ({ viewer, index, title }: OverlayControlsProps) => {
  const [opacity, setOpacity] = useState(0.5);
  return (
    <fieldset>
      <legend>{title}</legend>
      <label>
        Opacity
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={opacity}
          onChange={({ target }) => {
            setOpacity(Number(target.value));
            viewer.change(index + 1, { opacity: Number(target.value) });
          }}
        />
      </label>
      <label>
        Colours
        <select
          defaultValue={overlayMaps[index % overlayMaps.length]}
          onChange={({ target }) => viewer.change(index + 1, { colormap: target.value })}
        >
          {overlayMaps.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </fieldset>
  );
};

export default ViewerPanel;
