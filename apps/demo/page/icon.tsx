// Each meaning has a shape of its own: none is told by colour alone.
const shapes = {
  live: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5 8.2l2.1 2.1L11.2 6",
  out: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z",
  expired: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4.5V8l2.4 1.6",
  pending: "M2.5 3.5h11v8h-6l-3 2.5v-2.5h-2ZM5.5 7.5h.01M8 7.5h.01M10.5 7.5h.01",
  lock: "M3.5 7.2h9v6.3h-9ZM5.5 7.2V5a2.5 2.5 0 0 1 5 0v2.2M8 9.8v1.4",
  pause: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM6.5 5.6v4.8M9.5 5.6v4.8",
  trouble: "M8 2 14.6 13.5H1.4ZM8 6.3v3.4M8 11.6h.01",
  key: "M10.2 2.5a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6ZM7.8 8.2l-5.3 5.3M4.4 11.6l1.7 1.7",
  share:
    "M5 8.500a2 2 0 1 0 0-1ZM13 4a1.800 1.800 0 1 0 0-.1ZM13 12a1.800 1.800 0 1 0 0-.1ZM5.700 7l4.200-2.200M5.700 9l4.200 2.200",
  cross: "M4 4l8 8M12 4l-8 8",
  bolt: "M9 1.500 3.500 9H8l-1 5.500L12.500 7H8Z",
  gear: "M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5ZM8 1.500v2M8 12.500v2M1.500 8h2M12.500 8h2M3.400 3.400l1.400 1.400M11.200 11.200l1.400 1.400M3.400 12.600l1.400-1.400M11.200 4.800l1.400-1.400",
  question:
    "M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM6 6.300a2 2 0 1 1 2.800 1.800c-.6.300-.8.600-.8 1.200M8 11.400h.01",
  step: "M3 8h9M8.500 4.500 12 8l-3.500 3.500",
  phone: "M5 1.500h6a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM7.200 12.500h1.600",
} as const;

export type IconName = keyof typeof shapes;

/** A small picture beside a word that says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
