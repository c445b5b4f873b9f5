"""Realtime: channels over WebSockets that carry broadcasts, presence and changes of tables."""
