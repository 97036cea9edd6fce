"""Case studies on disk: what one is, what makes one invalid, and how images of other formats become one."""
