"""The duty list: which suspended children need provision, and by when; and how much of the county that speaks for."""
