// A screen's heading. It takes the focus when the screen appears, so that a reader begins there and not at the old button; and the
// screen begins at its top, wherever the one before was scrolled to.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export function ScreenTitle({ children }: { readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // With the screen itself, not after it was painted: the first key that is pressed on what is seen is heard.
  useLayoutEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
