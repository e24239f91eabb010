"""The smallest Streamlit page with a heatmap: what no page of this app can be faster than."""

import plotly.graph_objects as go
import streamlit as st

figure = go.Figure(go.Heatmap(z=[[column * row for column in range(5)] for row in range(5)]))
st.plotly_chart(figure, key="map", on_select="rerun")
