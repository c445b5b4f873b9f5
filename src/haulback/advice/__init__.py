"""What is wrong with a target as it is: one lint a file, after the Supabase advisors."""
