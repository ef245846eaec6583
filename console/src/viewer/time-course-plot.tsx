type TimeCourseProps = {
  readonly values: readonly number[];
  /** The volume that is shown, from 0. */
  readonly frame: number;
};

/** Units of the drawing, which is stretched to the room that there is. */
const [width, height] = [300, 80];

/** The values of a voxel over the volumes, with the volume that is shown. */
export const TimeCourse = ({ values, frame }: TimeCourseProps) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number): number => (at / Math.max(1, values.length - 1)) * width;
  const y = (value: number): number => height - ((value - low) / (high - low || 1)) * height;
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <figure className="time-course">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Values here over ${values.length} volumes, from ${low.toPrecision(4)} to ${high.toPrecision(4)}`}
      >
        <line x1={x(frame)} x2={x(frame)} y1={0} y2={height} className="time-course-now" />
        <polyline points={points} className="time-course-line" />
      </svg>
      <figcaption className="faint">
        over time: {low.toPrecision(4)} to {high.toPrecision(4)}
      </figcaption>
    </figure>
  );
};
